// Sets the theme before the first paint, so that a dark page never flashes white. Runs before everything else.
(function () {
  "use strict";
  try {
    const theme = localStorage.getItem("pagemill.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (error) {
    // Storage is off: the system's own theme stands.
  }
})();
