// Before the first paint: the chosen theme and language, so that nothing flashes.
try {
  var theme = localStorage.getItem("livelore.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  var language = localStorage.getItem("livelore.language") || navigator.language;
  document.documentElement.lang = /^zh/i.test(language) ? "zh-CN" : "en";
} catch {
  /* storage is off: the system's choice holds */
}
