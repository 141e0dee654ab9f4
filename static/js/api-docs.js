// Starts the documents' viewer; a script of its own, since the page allows no inline code.
const place = document.getElementById("documents");
SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  persistAuthorization: false,
  validatorUrl: null,
});
