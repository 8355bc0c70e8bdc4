// Keys pressed and choices made before the page's own script is there are kept, in order, and done
// once it is. No module: it must run before anything can be seen.
const early = [], keep = (event) => early.push(event);
for (const type of ["keydown", "change"]) addEventListener(type, keep, true);
