// Before first paint: the phone menu is closed while core.js loads.
document.documentElement.classList.add("js-loading");
