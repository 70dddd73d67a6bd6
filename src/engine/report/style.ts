import type { Markup } from "./markup.ts";
import { dark, light, type Palette } from "./palette.ts";

const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, color]) => `--${name}:${color}`)
    .join(";");

const text = `
:root{color-scheme:light dark;${variables(light)}}
@media (prefers-color-scheme:dark){:root{${variables(dark)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:68rem;padding:2.5rem 1.25rem 4rem;background:var(--page);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1{margin:.1rem 0 1.25rem;font-size:1.9rem;line-height:1.2;font-weight:650;letter-spacing:-.01em}
h2{margin:0 0 .9rem;font-size:1.2rem;line-height:1.3;font-weight:650}
h3{margin:0 0 .6rem;font-size:1rem;font-weight:650}
h4{margin:1.2rem 0 .4rem;font-size:.9rem;font-weight:650}
p{margin:.5rem 0}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:.4rem 0;padding:.7rem .9rem;background:var(--soft);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
.muted,.meta,.over,figcaption,footer{color:var(--muted)}
.meta,.over,figcaption,footer{font-size:.875rem}
.over{margin:0;letter-spacing:.02em}
.verb{font-weight:400;color:var(--muted)}
.only-read{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
`;

const top = `
.verdict{display:flex;gap:.9rem;align-items:flex-start;padding:1rem 1.1rem;border:1px solid var(--line);border-left:4px solid var(--state);border-radius:6px;background:var(--soft)}
.verdict.done{--state:var(--good)}.verdict.failed{--state:var(--bad)}.verdict.stopped,.verdict.open{--state:var(--warn)}
.verdict p{margin:0}
.verdict .mark{flex:none;width:1.6rem;font-size:1.35rem;line-height:1.2;text-align:center;color:var(--state)}
.verdict .word{font-size:1.1rem;line-height:1.3;font-weight:650;color:var(--state)}
.figures{display:flex;flex-wrap:wrap;gap:.9rem 2.4rem;margin:1.4rem 0 1rem}
.figures div{display:flex;flex-direction:column-reverse}
.figures dt{font-size:.8rem;color:var(--muted)}
.figures dd{margin:0;font-size:1.35rem;line-height:1.25;font-weight:600}
nav{margin:1.6rem 0 0;border-top:1px solid var(--line);padding-top:.8rem;font-size:.9rem}
nav ul{display:flex;flex-wrap:wrap;gap:.35rem 1.3rem;margin:0;padding:0;list-style:none}
section{margin-top:2.6rem;scroll-margin-top:1rem}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.8rem}
`;

const tables = `
table{width:100%;border-collapse:collapse;font-size:.9rem}
caption{padding:0 0 .45rem;text-align:left;font-size:.8rem;color:var(--muted)}
th,td{padding:.36rem .9rem .36rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:baseline}
th:last-child,td:last-child{padding-right:0}
thead th{overflow-wrap:normal;font-size:.8rem;font-weight:500;color:var(--muted);vertical-align:bottom}
tbody th{font-weight:400}
.where{display:block;font-size:.85em;line-height:1.3;color:var(--muted)}
.number{text-align:right;white-space:nowrap}
.scroll{overflow-x:auto}
.share{display:inline-block;width:6rem;height:.5rem;margin-right:.6rem;border:1px solid var(--line);border-radius:2px;vertical-align:middle;background:var(--soft);overflow:hidden}
.share span{display:block;height:100%;background:var(--accent)}
.facts{margin:0 0 1.2rem}
.facts div{display:grid;grid-template-columns:11rem 1fr;gap:0 1rem;padding:.3rem 0;border-bottom:1px solid var(--line);font-size:.9rem}
.facts dt{color:var(--muted)}.facts dd{margin:0}
`;

const lists = `
ul{padding-left:1.2rem}
.plain{padding:0;list-style:none}
.plain li{padding:.2rem 0}
.sign{display:inline-block;width:1.1em;text-align:center;font-weight:650;color:var(--muted)}
.sign.done{color:var(--muted)}.sign.changed{color:var(--good)}.sign.failed{color:var(--bad)}.sign.cancelled,.sign.running{color:var(--warn)}
.path{color:var(--accent)}
.trouble{margin:0 0 1rem;padding:.9rem 1.1rem;border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:6px}
.trouble dl{display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:.35rem 1rem;margin:0;font-size:.93rem}
.trouble dt{color:var(--muted)}.trouble dd{margin:0}.trouble pre{margin:0}
details.host{border:1px solid var(--line);border-radius:6px;margin:.5rem 0}
summary{cursor:pointer}
details.host>summary{padding:.6rem .8rem}
details.host[open]>summary{border-bottom:1px solid var(--line);background:var(--soft);border-radius:6px 6px 0 0}
.inside{padding:.4rem .8rem 1rem}
details.changes{margin:.25rem 0;font-size:.92rem}
details.changes ul{margin:.2rem 0 .6rem;padding-left:1.1rem}
.names{font-size:.85rem;color:var(--muted)}
`;

const timeline = `
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:0 0 1rem;padding:0;list-style:none;font-size:.8rem;color:var(--muted)}
.legend li{display:flex;align-items:center;gap:.4rem}
figure{margin:0}
figcaption{margin-top:.8rem}
.row{display:grid;grid-template-columns:9rem minmax(0,1fr);gap:0 1rem;padding:.55rem 0;border-top:1px solid var(--line);break-inside:avoid}
.who{font-size:.85rem;line-height:1.35}.who strong,.who span{display:block}
.lanes{position:relative}
.lane{position:relative;height:1.35rem;margin-bottom:3px}
.lane.thin{height:1rem}
.axis{border:0;padding:0;font-size:.75rem;color:var(--muted)}
.axis .lanes{height:1.4rem;overflow:hidden}
.axis .lanes span{position:absolute;padding-left:.25rem;border-left:1px solid var(--line);white-space:nowrap}
.bar{position:absolute;top:0;bottom:0;min-width:3px;overflow:hidden;border:1px solid var(--accent);border-radius:3px;background:var(--tint);font-size:.72rem;line-height:1.15rem;white-space:nowrap;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bar i{position:absolute;top:0;bottom:0;background:repeating-linear-gradient(135deg,var(--page) 0 4px,var(--hatch) 4px 5px);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bar b{position:absolute;inset:0 auto 0 0;max-width:100%;padding:0 .35rem;overflow:hidden;text-overflow:ellipsis;font-weight:500;color:var(--text)}
.bar:has(i) b{background:var(--page);border-radius:0 3px 3px 0}
.bar.decisive{border-bottom:4px solid var(--accent)}
.bar.failed{border:2px solid var(--bad);background:var(--bad-tint)}
.bar.cancelled,.bar.running,.bar.skipped{border-style:dashed;border-color:var(--warn);background:none}
.bar.content{border-color:var(--hatch);background:var(--soft)}
.thin .bar{line-height:.85rem}
.bar.key{position:relative;display:inline-block;width:1.8rem;height:1rem;line-height:.8rem}
`;

const media = `
@media (max-width:44rem){
body{padding:1.5rem 1rem 3rem}
h1{font-size:1.55rem}
.spare{display:none}
.row{grid-template-columns:minmax(0,1fr);gap:.35rem}
.axis .who{display:none}
.who strong,.who span{display:inline}
.figures{gap:.8rem 1.7rem}
.facts div,.trouble dl{grid-template-columns:minmax(0,1fr);gap:0}
.trouble dd{margin-bottom:.5rem}
th,td{padding-right:.6rem}
}
@media print{
:root{${variables(light)}}
body{max-width:none;padding:0;font-size:10pt}
nav{display:none}
.scroll{overflow:visible}
details::details-content{content-visibility:visible;display:block;height:auto}
section,details.host{break-inside:auto}
h2,h3,summary{break-after:avoid}
}
`;

/** How a report looks: on a phone, in the dark, on paper. It is ours to the letter, so nothing in it is escaped. */
export const style: Markup = { markup: [text, top, tables, lists, timeline, media].join("") };
