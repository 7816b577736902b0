// The light build has the same class, without subtitles and encryption, and no types of its own.
declare module "hls.js/light" {
  export { default } from "hls.js";
}
