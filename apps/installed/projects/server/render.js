import { everything } from "../everything.js";

/** The page as it is made on the server, with results of the code that then runs in the page. */
export async function render() {
  const found = JSON.stringify(await everything());
  return `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<main>${found}</main>
<script src="main.js"></script>
`;
}
