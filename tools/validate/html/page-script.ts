/** Of the HTML report: search, and verdicts that are shown. Without it everything is shown. */

export const PAGE_SCRIPT = `
const checks=[...document.querySelectorAll('details')],search=document.querySelector('#search'),off=new Set();
const texts=new Map(checks.map((check)=>[check,check.textContent.toLowerCase()]));
function show(){
  const words=search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let some=false;
  for(const check of checks){
    const fits=!off.has(check.dataset.verdict)&&words.every((word)=>texts.get(check).includes(word));
    check.hidden=!fits;
    some||=fits;
  }
  for(const section of document.querySelectorAll('section'))section.hidden=![...section.querySelectorAll('details')].some((check)=>!check.hidden);
  document.querySelector('#none').hidden=some;
}
search.addEventListener('input',show);
for(const button of document.querySelectorAll('button[data-filter]'))button.addEventListener('click',()=>{
  const verdict=button.dataset.filter;
  if(!off.delete(verdict))off.add(verdict);
  button.setAttribute('aria-pressed',String(!off.has(verdict)));
  show();
});
`;
