/* The runtime page asks for its figures every two seconds, and not while nobody can see it. */
"use strict";

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.target.id === "now") event.preventDefault();
});
