import { mount } from "svelte";
import App from "./App.svelte";
import "./ui/tokens.css";
import "./ui/components.css";
import "./ui/app.css";

const target = document.getElementById("app");
if (target) mount(App, { target });

// Offline the pages still open; over plain HTTP to another machine browsers do not offer this.
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  });
}
