// A room's socket: reconnects, resumes where it was, keeps unsent words until they are through.
import type { Danmaku, Hello, Incoming, RoomEvent, Shown, SocketError } from "./events";
import { pauseMs } from "./retry.rules";
import { EMPTY, after, fromHello } from "./room.rules";
import type { RoomPicture } from "./room.rules";

const PING_MS = 20_000;
const QUIET_MS = 50_000;
const UNSENT_MAX = 50;
/** The server's close code after which coming back is of no use. */
const ACCESS_OVER = 4403;
const STORED = "livelore.unsent.";

export interface Style {
  readonly mode: Danmaku["mode"];
  readonly color: string;
}
export interface Unsent {
  readonly clientId: string;
  readonly text: string;
  readonly at: number;
  readonly style: Style | null;
  readonly error: SocketError | null;
}

export type Link = "connecting" | "open" | "lost" | "refused";

export class RoomSocket {
  picture = $state.raw<RoomPicture>(EMPTY);
  link = $state<Link>("connecting");
  you = $state.raw<Hello["you"] | null>(null);
  unsent = $state.raw<readonly Unsent[]>([]);
  /** Called for each new message that is shown (not for the snapshot's past). */
  onshown: (message: Shown) => void = () => undefined;
  onevent: (event: RoomEvent | Hello) => void = () => undefined;
  /** Called when the time here is over for good: a free preview has ended. */
  onover: () => void = () => undefined;
  /** Called when the server does not take one's own words. */
  onrefused: (error: SocketError) => void = () => undefined;

  private socket: WebSocket | null = null;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private heardAt = 0;
  private isClosed = false;

  /** @param userId Whose unsent words are kept over a reload. */
  constructor(
    private readonly roomId: string,
    private readonly userId: string | null = null,
  ) {
    this.unsent = this.kept();
    addEventListener("offline", this.lose);
    addEventListener("online", this.open);
  }

  readonly open = (): void => {
    clearTimeout(this.timer);
    if (this.isClosed) return;
    this.socket?.close();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const resume = this.picture.lastSeq ? `?after=${this.picture.lastSeq}` : "";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/rooms/${this.roomId}/ws${resume}`);
    this.socket = socket;
    let isOpened = false;
    socket.onopen = () => {
      isOpened = true;
      this.tries = 0;
      this.link = "open";
      this.heardAt = Date.now();
      for (const each of this.unsent) if (!each.error) this.transmit(each);
    };
    socket.onmessage = (event) => this.receive(String(event.data));
    socket.onclose = (event) => {
      if (this.socket !== socket || this.isClosed) return;
      if (event.code === ACCESS_OVER) {
        this.close();
        this.link = "refused";
        this.onover();
        return;
      }
      this.tries += 1;
      this.link = isOpened || this.picture.lastSeq || this.tries < 3 ? "lost" : "refused";
      this.timer = setTimeout(() => this.open(), pauseMs(this.tries, Math.random()));
    };
    clearInterval(this.pinger);
    this.pinger = setInterval(() => this.ping(), PING_MS);
  };

  /** The network is gone: say so now, not when the silence has grown long. */
  private readonly lose = (): void => {
    this.link = "lost";
    this.socket?.close();
  };

  close(): void {
    this.isClosed = true;
    removeEventListener("offline", this.lose);
    removeEventListener("online", this.open);
    clearTimeout(this.timer);
    clearInterval(this.pinger);
    this.socket?.close();
  }

  /** Says something; kept until the server has it, also over a lost connection. */
  say(text: string, style: Style | null = null): string {
    const words: Unsent = { clientId: crypto.randomUUID(), text, at: Date.now(), style, error: null };
    this.keep([...this.unsent, words].slice(-UNSENT_MAX));
    this.transmit(words);
    return words.clientId;
  }

  forget(clientId: string): void {
    if (this.unsent.some((each) => each.clientId === clientId)) this.keep(this.unsent.filter((each) => each.clientId !== clientId));
  }

  /** Sends refused words once more, under the same number. */
  again(clientId: string): void {
    this.keep(this.unsent.map((each) => (each.clientId === clientId ? { ...each, error: null } : each)));
    const words = this.unsent.find((each) => each.clientId === clientId);
    if (words) this.transmit(words);
  }

  private get key(): string {
    return `${STORED}${this.roomId}.${this.userId ?? ""}`;
  }

  private keep(unsent: readonly Unsent[]): void {
    this.unsent = unsent;
    try {
      if (unsent.length) sessionStorage.setItem(this.key, JSON.stringify(unsent));
      else sessionStorage.removeItem(this.key);
    } catch {
      /* storage is off: then the words last as long as the page */
    }
  }

  private kept(): readonly Unsent[] {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "[]") as Unsent[];
    } catch {
      return [];
    }
  }

  private transmit(words: Unsent): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ type: "danmaku", text: words.text, client_id: words.clientId, ...words.style }));
  }

  private ping(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (Date.now() - this.heardAt > QUIET_MS) this.socket.close();
    else this.socket.send('{"type":"ping"}');
  }

  private receive(frame: string): void {
    this.heardAt = Date.now();
    let picture = this.picture;
    const shown: Shown[] = [];
    for (const message of JSON.parse(frame) as Incoming[]) {
      if (message.type === "pong") continue;
      if (message.type === "error") {
        this.refuse(message);
      } else if (message.type === "hello") {
        picture = fromHello(message, picture);
        this.you = message.you;
        this.onevent(message);
      } else {
        const isNew = message.type === "presence" || message.seq > picture.lastSeq;
        picture = after(picture, message);
        if (isNew) this.onevent(message);
        if (isNew && (message.type === "danmaku" || message.type === "gift" || message.type === "super_chat")) {
          shown.push(message);
        }
        if (message.type === "danmaku" && message.client_id) this.forget(message.client_id);
      }
    }
    this.picture = picture;
    for (const message of shown) this.onshown(message);
  }

  private refuse(error: SocketError): void {
    if (error.code === "chat.already_sent" && error.client_id) {
      this.forget(error.client_id);
      return;
    }
    this.keep(this.unsent.map((each) => (each.clientId === error.client_id ? { ...each, error } : each)));
    this.onrefused(error);
  }
}
