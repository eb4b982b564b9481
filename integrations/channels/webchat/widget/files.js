/* Files to be sent: what may be sent, and where they come from. */

const IMAGE_TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const DOCUMENT_SUFFIXES = [".pdf", ".docx", ".txt"];
const ACCEPTED = [...IMAGE_TYPES, ...DOCUMENT_SUFFIXES].join(",");

function isImage(type) {
  return IMAGE_TYPES.includes(type);
}

/** Why a file cannot be sent, in words; "" when it can. The server looks into it again. */
function fileProblem(file, largest, strings, language) {
  const name = file.name.toLowerCase();
  const known = isImage(file.type) || DOCUMENT_SUFFIXES.some((suffix) => name.endsWith(suffix));
  if (!known) return strings.fileType;
  if (!file.size) return strings.fileEmpty;
  return file.size > largest ? strings.fileTooLarge(fileSize(largest, language)) : "";
}

/** Take files that are dropped on an element or pasted into it. */
function takeFiles(target, onFiles) {
  let depth = 0;
  const show = (change) => {
    depth = Math.max(0, depth + change);
    target.toggleAttribute("data-dropping", depth > 0);
  };
  const hasFiles = (event) => Array.from(event.dataTransfer.types).includes("Files");
  target.addEventListener("dragenter", (event) => hasFiles(event) && show(1));
  target.addEventListener("dragleave", (event) => hasFiles(event) && show(-1));
  target.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  target.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(-depth);
    onFiles(Array.from(event.dataTransfer.files));
  });
  target.addEventListener("paste", (event) => {
    const files = Array.from(event.clipboardData ? event.clipboardData.files : []);
    if (!files.length) return;
    event.preventDefault();
    onFiles(files);
  });
}
