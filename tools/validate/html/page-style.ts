/** Of the HTML report. */

export const PAGE_STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--faint:#59636e;--line:#d1d9e0;--card:#f6f8fa;--fail:#c1121f;--warning:#8a5a00;--pass:#1a7f37;--open:#6639ba;--sent:#0757ba}
@media (prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--faint:#9198a1;--line:#3d444d;--card:#161b22;--fail:#ff7b72;--warning:#e3b341;--pass:#56d364;--open:#c297ff;--sent:#79c0ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.3rem;margin:0}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}p{margin:.4rem 0}
a{color:var(--sent);white-space:nowrap}small,.filters,dt{color:var(--faint)}
header{position:sticky;top:0;background:var(--back);padding:.5rem 0;border-bottom:1px solid var(--line);z-index:1}
input[type=search]{width:100%;padding:.4rem .6rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px}
button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:.1rem .7rem;cursor:pointer}
button[aria-pressed=false]{opacity:.45;text-decoration:line-through}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .8rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}th:first-child{text-align:left}
details{margin:.4rem 0;padding:.4rem .8rem;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--faint);border-radius:6px;scroll-margin-top:9rem}
section,details{scroll-margin-top:9rem}
summary{cursor:pointer}.verdict{font-weight:600}.reason{font-weight:600}
details.fail{border-left-color:var(--fail)}.fail .verdict,button.fail{color:var(--fail)}
details.warning{border-left-color:var(--warning)}.warning .verdict,button.warning{color:var(--warning)}
details.pass{border-left-color:var(--pass)}.pass .verdict,button.pass{color:var(--pass)}
details.inconclusive{border-left-color:var(--open)}.inconclusive .verdict,button.inconclusive{color:var(--open)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.4rem 0}dd{margin:0}
pre{overflow-x:auto;padding:.6rem;background:var(--back);border:1px solid var(--line);border-radius:6px;font-size:12.5px}
.chart{display:block;width:100%;min-width:600px;max-width:760px;background:var(--back);border:1px solid var(--line);border-radius:6px}
.chart text{fill:var(--text);font-size:12px;text-anchor:middle}.chart .end{font-weight:600}.chart .device{text-anchor:end}
.chart .time{text-anchor:end;fill:var(--faint);font-size:11px}.chart .bytes{font:11px ui-monospace,monospace;fill:var(--faint)}
.chart .life{stroke:var(--line);stroke-width:2}
.chart g line{stroke:var(--text);stroke-width:1.5}.chart g path{fill:var(--text)}
.chart .sent line{stroke:var(--sent)}.chart .sent path{fill:var(--sent)}
.chart .wrong line{stroke:var(--fail);stroke-dasharray:5 3}.chart .wrong path,.chart .wrong .what{fill:var(--fail)}
@media (max-width:40rem),(max-height:30rem){body{padding:.6rem}header{position:static}details,section{scroll-margin-top:.5rem}th,td{padding:.2rem .4rem;font-size:13px}dl{display:block}dd{margin:0 0 .4rem}summary small{display:block}}
@media print{header{position:static}input,button{display:none}}
`;
