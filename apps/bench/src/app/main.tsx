import { render } from "preact";
import { App } from "./app.js";
import { createState } from "./state/state.js";
import "../charts/theme.css";
import "./app.css";

const place = document.getElementById("app");
if (place === null) throw new Error("index.html has no element #app");
const state = createState();
render(<App state={state} />, place);
void state.backends.detect();
