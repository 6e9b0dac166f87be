/**
 * The style of the report.
 *
 * @module
 */

import { heatGradient } from "./pictures.ts";

/** The style sheet, inlined into the page. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --surface: #ffffff; --line: #dfe3e8; --text: #16202c; --quiet: #566373;
  --first: #2563c9; --second: #c2410c; --good: #15803d; --bar: #cfdcf4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e141b; --surface: #161e27; --line: #2b3744; --text: #e6ebf1; --quiet: #9dabbb;
    --first: #7fb0ff; --second: #ff9a62; --good: #5fd08a; --bar: #2a426b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main, header, footer { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 40px; padding-bottom: 8px; }
footer { padding-top: 8px; padding-bottom: 40px; color: var(--quiet); font-size: 14px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 6px; }
h2 { font-size: 20px; line-height: 1.3; letter-spacing: -0.01em; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 18px 0 8px; }
p { margin: 0 0 12px; max-width: 72ch; }
.quiet { color: var(--quiet); }
section {
  background: var(--surface); border: 1px solid var(--line); border-radius: 14px;
  padding: 22px 24px 24px; margin: 0 0 18px;
}
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.tile { background: var(--surface); border: 1px solid var(--line); border-radius: 14px; padding: 14px 16px; }
.tile dt { color: var(--quiet); font-size: 14px; }
.tile dd { margin: 2px 0 0; font-size: 25px; font-weight: 650; letter-spacing: -0.02em; white-space: nowrap; }
.tile.main dd { color: var(--good); }
dl { margin: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 0 28px; }
.facts div {
  display: flex; justify-content: space-between; gap: 12px; border-bottom: 1px solid var(--line); padding: 6px 0;
}
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; text-align: right; overflow-wrap: anywhere; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 16px 32px; }
figure { margin: 0; min-width: 0; }
section > .pair { margin-top: 14px; }
.often { margin: 0; padding: 0; font-variant-numeric: tabular-nums; }
.often li { list-style: none; display: flex; gap: 10px; padding: 5px 0; border-bottom: 1px solid var(--line); }
.often b { min-width: 2.5ch; text-align: right; }
figcaption { font-size: 15px; font-weight: 600; margin-bottom: 6px; }
figcaption span { font-weight: 400; color: var(--quiet); }
svg { width: 100%; height: auto; display: block; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; color: var(--quiet); margin: 6px 0 0; padding: 0; }
.key li { list-style: none; display: flex; align-items: center; gap: 7px; }
.key i { width: 14px; height: 14px; border-radius: 4px; background: var(--first); }
.key .second { background: var(--second); }
.key .dot { border-radius: 50%; }
.key .heat { width: 96px; background: ${heatGradient}; }
.scroll { position: relative; overflow-x: auto; margin: 12px -4px 0; padding: 0 4px; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--first); outline-offset: 3px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 15px; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--quiet); font-weight: 500; font-size: 14px; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
tbody th { color: var(--text); font-weight: 400; font-size: 15px; white-space: normal; }
tbody th code { display: block; min-width: 132px; }
tfoot td, tfoot th { font-weight: 650; color: var(--text); border-bottom: 0; font-size: 15px; }
code { font: 13.5px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.bar { width: 30%; min-width: 90px; }
.bar span { display: block; height: 10px; border-radius: 5px; background: var(--first); min-width: 2px; }
.confusion { table-layout: fixed; width: 100%; max-width: 620px; font-size: 14px; border-spacing: 2px; border-collapse: separate; }
.confusion th, .confusion td { text-align: center !important; padding: 0 !important; border: 0; height: 38px; border-radius: 6px; }
.confusion th { height: 28px; color: var(--quiet); font-weight: 600; }
.confusion td { background: var(--page); }
.confusion td.none { color: transparent; }
.confusion thead td { background: none; }
.confusion td.right { background: var(--bar); font-weight: 600; }
.confusion td.wrong {
  background: color-mix(in srgb, var(--second) var(--heat), var(--surface)); color: var(--text);
}
.confusion td.wrong.most { color: var(--surface); }
@media (prefers-color-scheme: dark) { .confusion td.wrong.much { color: var(--surface); } }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 14px; margin-top: 12px; }
.cards figure { font-size: 14px; line-height: 1.35; }
img { image-rendering: pixelated; display: block; border: 1px solid var(--line); width: 100%; height: auto; border-radius: 8px; background: #000; }
.cards figcaption { font-size: 14px; margin: 6px 0 0; }
.cards b { color: var(--second); }
.digit { border-top: 1px solid var(--line); padding-top: 16px; margin-top: 16px; }
.digit h3 { margin-top: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.masks { display: flex; flex-wrap: wrap; gap: 14px; }
.masks figure { width: 140px; }
.masks figcaption, .weights figcaption { font-size: 14px; font-weight: 400; color: var(--quiet); }
.weights { margin-top: 16px; display: grid; gap: 14px; align-content: start; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--first); font-size: 15px; width: fit-content; }
.mosaics { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 16px; margin-top: 12px; }
@media (min-width: 900px) {
  .inside { display: grid; grid-template-columns: 448px minmax(0, 1fr); gap: 36px; }
  .inside .weights { margin-top: 0; }
}
@media (max-width: 560px) {
  header { padding-top: 26px; }
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  section { padding: 18px 16px 20px; }
  h1 { font-size: 25px; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 10px; }
  .tile { padding: 11px 14px; }
  .tile dd { font-size: 21px; }
  .confusion { font-size: 11.5px; border-spacing: 1px; letter-spacing: -0.03em; }
  .confusion td { height: 28px; border-radius: 4px; }
  .cards { grid-template-columns: repeat(3, 1fr); gap: 12px; }
  .masks figure { width: calc((100% - 28px) / 3); }
  th, td { padding: 6px 8px; }
}
@media print { body { background: none; } section { break-inside: avoid; } }
`;
