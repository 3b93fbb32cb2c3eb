// Says when the page has lost its server, and when it may be loaded again.
const box = document.getElementById("connection")
const say = box.querySelector("p"), again = box.querySelector("button")
box.hidden = false
again.hidden = true
say.textContent = "The connection to the explorer was lost; this page no longer moves. Trying to reach it …"
again.onclick = () => location.reload()
const asset = document.querySelector("script[src]")?.src ?? location.href
const look = () => fetch(asset, {method: "HEAD", cache: "no-store"}).then(
  () => {
    say.textContent = "The connection to the explorer was lost, and the explorer can be reached again. Reload the page: its link brings this view back."
    again.hidden = false
    again.focus()
  },
  () => setTimeout(look, 1500))
setTimeout(look, 500)
