// A table: heads sort it, pages turn, a button in each row chooses it. Every value is shown as text.
const make = (name, attributes = {}, text = "") => {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.textContent = text
  return element
}
const known = value => value !== null && value !== undefined && value !== ""
const compare = (a, b) => typeof a === "string" ? a.localeCompare(b, undefined, {numeric: true}) : a - b
const said = value => !known(value) ? "–"
  : typeof value === "boolean" ? (value ? "yes" : "no")
  : Number.isInteger(value) ? value.toLocaleString("en")
  : typeof value === "number" ? String(Number(value.toPrecision(3))) : value

export function render({model, el}) {
  let sort = -1, down = false, page = 0
  const scroll = make("div", {class: "scroll", role: "region", tabindex: "0"})
  const turn = make("div", {class: "turn"}), note = make("span", {role: "status"})
  const before = make("button", {type: "button"}, "◀ Earlier"), after = make("button", {type: "button"}, "Later ▶")
  turn.append(before, note, after)
  el.append(scroll, turn)

  const spared = at => model.spared.includes(at) ? "spared" : ""
  const ordered = () => {
    if (sort < 0) return model.rows
    const rows = model.rows.filter(row => known(row[sort])).sort((a, b) => compare(a[sort], b[sort]))
    if (down) rows.reverse()
    return [...rows, ...model.rows.filter(row => !known(row[sort]))] // unknown values come last
  }
  const head = (text, at) => {
    const cell = make("th", {scope: "col", class: spared(at)}), button = make("button", {type: "button"})
    button.textContent = text + (at === sort ? (down ? " ▼" : " ▲") : "")
    if (at === sort) cell.setAttribute("aria-sort", down ? "descending" : "ascending")
    button.onclick = () => { down = at === sort ? !down : false; sort = at; page = 0; draw(at) }
    cell.append(button)
    return cell
  }
  const line = row => {
    const tr = make("tr", row[0] === model.chosen ? {"aria-selected": "true", class: "chosen"} : {})
    row.forEach((value, at) => {
      const number = typeof value === "number" && at > 0 ? "number " : ""
      const cell = make("td", {class: number + spared(at)})
      if (at === 0) {
        const button = make("button", {type: "button", "data-id": value}, said(value))
        button.setAttribute("aria-label", `${model.what} ${said(value)}`)
        if (value === model.chosen) button.setAttribute("aria-current", "true")
        cell.append(button)
      } else cell.textContent = said(value)
      tr.append(cell)
    })
    tr.onclick = () => { model.chosen = row[0] }
    return tr
  }
  const draw = focus => {
    const rows = ordered(), pages = Math.max(1, Math.ceil(rows.length / model.per_page))
    page = Math.min(page, pages - 1)
    const first = page * model.per_page, shown = rows.slice(first, first + model.per_page)
    const table = make("table"), top = make("tr"), body = make("tbody"), thead = make("thead")
    const caption = make("caption", {}, model.caption)
    if (model.spared.length) caption.append(make("span", {class: "narrow"}, "; more columns on a wider screen"))
    table.append(caption, thead, body)
    thead.append(top)
    model.heads.forEach((text, at) => top.append(head(text, at)))
    shown.forEach(row => body.append(line(row)))
    scroll.setAttribute("aria-label", model.caption)
    scroll.replaceChildren(table)
    note.textContent = rows.length
      ? `${(first + 1).toLocaleString("en")} to ${(first + shown.length).toLocaleString("en")} of ${rows.length.toLocaleString("en")}`
      : "nothing is left: ask for less"
    before.disabled = page === 0
    after.disabled = page === pages - 1
    turn.hidden = rows.length > 0 && pages === 1
    if (focus !== undefined) top.children[focus].firstChild.focus()
  }
  const show = () => { // turn to the page of the row that was chosen elsewhere
    const at = ordered().findIndex(row => row[0] === model.chosen)
    const had = el.getRootNode().activeElement?.dataset?.id
    if (at >= 0) page = Math.floor(at / model.per_page)
    draw()
    if (had !== undefined) scroll.querySelector(`[data-id="${CSS.escape(had)}"]`)?.focus()
  }
  before.onclick = () => { page -= 1; draw() }
  after.onclick = () => { page += 1; draw() }
  model.on("rows", () => { page = 0; sort = Math.min(sort, model.heads.length - 1); draw() })
  model.on("chosen", show)
  show()
}
