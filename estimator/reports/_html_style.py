"""Style sheet and script of the HTML report: light and dark, phone and paper."""

STYLE = """
:root{--bg:#fff;--fg:#1c2330;--muted:#5b6473;--line:#d8dde6;--card:#f6f8fb;--error:#b3261e;
--warning:#8a5a00;--advice:#1f5fa8;--ok:#1c7a3e;--accent:#4e79a7}
@media(prefers-color-scheme:dark){:root{--bg:#12161d;--fg:#e4e8ef;--muted:#9aa5b5;--line:#303948;
--card:#1a202a;--error:#ff8a80;--warning:#f2c14e;--advice:#8ab8f0;--ok:#6fd08c;--accent:#7ba3cf}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:64rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.2rem;margin:2.5rem 0 .5rem;overflow-wrap:anywhere}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
.muted,small{color:var(--muted)}small{display:block}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--muted);font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.n{white-space:nowrap}td.wrap{overflow-wrap:anywhere;min-width:14rem}
a{color:var(--advice)}
.error{color:var(--error)}.warning{color:var(--warning)}.advice{color:var(--advice)}
.within{color:var(--ok)}.over{color:var(--error)}.straddles,.unknown{color:var(--warning)}
.meter{height:5px;border-radius:3px;background:var(--line);margin-top:3px;min-width:5rem}
.meter i{display:block;height:5px;border-radius:3px;background:var(--accent)}
.meter i.full{background:var(--error)}
ul.findings{list-style:none;padding:0;margin:0}
ul.findings li{padding:.5rem .7rem;margin:.4rem 0;background:var(--card);border-left:4px solid;
border-radius:4px;overflow-wrap:anywhere}
ul.findings p{margin:0;color:var(--fg)}ul.findings .muted{color:var(--muted);font-size:.9rem}
svg.chart{width:100%;height:auto;background:var(--card);border-radius:6px;display:block}
svg text{font:12px system-ui,sans-serif;fill:var(--fg)}svg text.end{text-anchor:end}
svg .grid{stroke:var(--line);stroke-width:.7;opacity:.8}svg .live{fill:none;stroke:var(--fg);
stroke-width:1.4;pointer-events:none}
svg .peak{fill:var(--error);opacity:.13}svg .step{fill:var(--line)}
svg .buffer,svg .box{stroke:var(--bg);stroke-width:.8}
svg.treemap text{fill:#10151d}
svg .bar{fill:var(--accent)}svg .scratch{fill:#9aa2ad}
svg .model{fill:#8cb3d9}svg .code{fill:#f0b27a}svg .other{fill:#b5bdc9}
svg .c0{fill:#4e79a7}svg .c1{fill:#f28e2b}svg .c2{fill:#59a14f}svg .c3{fill:#76b7b2}
svg .c4{fill:#edc948}svg .c5{fill:#b07aa1}svg .c6{fill:#9c755f}svg .c7{fill:#ff9da7}
svg [data-tip]:hover,svg [data-tip]:focus{outline:none;stroke:var(--fg);stroke-width:2}
#tip{position:fixed;z-index:9;max-width:22rem;padding:.35rem .6rem;border-radius:5px;
background:var(--fg);color:var(--bg);font-size:.85rem;pointer-events:none;overflow-wrap:anywhere}
details summary{cursor:pointer;color:var(--muted);margin:.6rem 0}
@media(max-width:40rem){body{padding:.7rem;font-size:15px}th,td{padding:.3rem .4rem}
svg.chart{min-width:40rem}}
@media print{body{max-width:none;font-size:11px}#tip{display:none}section{break-before:page}
svg.chart,ul.findings li{break-inside:avoid;print-color-adjust:exact}}
"""

SCRIPT = """
"use strict";
const tip = document.getElementById("tip");
function show(target, x, y) {
  tip.textContent = target.dataset.tip;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 12, innerWidth - box.width - 4)) + "px";
  const below = y + box.height + 24 <= innerHeight;
  tip.style.top = Math.max(4, below ? y + 16 : y - box.height - 12) + "px";
}
document.addEventListener("pointerover", (event) => {
  const target = event.target.closest("[data-tip]");
  if (target) show(target, event.clientX, event.clientY); else tip.hidden = true;
});
document.addEventListener("focusin", (event) => {
  const target = event.target.closest("[data-tip]");
  if (!target) return;
  const box = target.getBoundingClientRect();
  show(target, box.left, box.bottom);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
"""
