// A slider over the moments of a run; a screen reader says the time rather than the number.
export function render({model, el}) {
  const label = document.createElement("label"), input = document.createElement("input")
  const words = document.createElement("span"), time = document.createElement("b")
  words.textContent = "Moment "
  input.type = "range"
  input.min = 0
  input.setAttribute("aria-label", "Moment")
  label.append(words, time, input)
  el.append(label)
  const show = () => {
    input.max = model.last
    input.value = model.at
    input.disabled = model.last < 1
    time.textContent = model.words
    input.setAttribute("aria-valuetext", model.words)
  }
  // A message, not `at`: what the page sets meanwhile must not undo what was asked.
  input.oninput = () => model.send_msg(Number(input.value))
  for (const name of ["at", "last", "words"]) model.on(name, show)
  show()
}
