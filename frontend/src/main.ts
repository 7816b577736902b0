import { mount } from "svelte";
import App from "./App.svelte";
import "./ui/tokens.css";
import "./ui/components.css";
import "./ui/app.css";

const target = document.getElementById("app");
if (target) mount(App, { target });
