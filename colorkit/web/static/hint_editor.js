// Lets a person give colours at points of the photograph that is shown, by mouse, finger or keys.

const SWATCHES = {
  "light skin": "#c98f70",
  "dark skin": "#8a5a3c",
  "blond hair": "#b99a5b",
  wood: "#7d5a3c",
  brick: "#a4513b",
  red: "#b3261e",
  orange: "#c9702b",
  yellow: "#c9a936",
  grass: "#6b8142",
  leaves: "#48683a",
  turquoise: "#3f8f8b",
  sky: "#7fa3c7",
  blue: "#2a4d8f",
  violet: "#6a4c93",
  pink: "#c27a92",
  gray: "#808080",
};
const STEP = 0.02; // of the photograph's sides, by which an arrow key moves the cross
const FINE_STEP = 0.002; // with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const at = (id) => document.getElementById(id);

export class HintEditor {
  #photo; // with `hints`, and once it is coloured `width` and `height`
  #place = [0.5, 0.5]; // shares of width and height, where the cross is
  #onChange;

  /** @param {() => void} onChange Called when the hints of the photograph have changed. */
  constructor(onChange) {
    this.#onChange = onChange;
    at("give-colors").onclick = () => this.#setActive(at("surface").hidden);
    at("undo").onclick = () => this.#change((hints) => hints.slice(0, -1));
    at("clear-hints").onclick = () => this.#change(() => []);
    at("surface").onclick = (event) => {
      if (event.detail) this.#movePointer(event); // 0 where a key pressed the button
      at("colors").showModal();
    };
    at("surface").onkeydown = (event) => this.#moveByKey(event);
    at("take-color").onclick = () => this.#give(at("color").value);
    at("leave-color").onclick = () => at("colors").close();
    at("swatches").append(...Object.entries(SWATCHES).map((swatch) => this.#swatch(...swatch)));
  }

  /** Shows the hints of a photograph, or takes none where it is not coloured. */
  show(photo) {
    this.#photo = photo;
    const canTake = photo?.state === "colored";
    at("give-colors").disabled = !canTake;
    if (!canTake) this.#setActive(false);
    at("undo").disabled = at("clear-hints").disabled = !photo?.hints.length;
    at("points").replaceChildren(...(canTake ? photo.hints.map((hint) => this.#point(hint)) : []));
  }

  #setActive(isActive) {
    at("surface").hidden = !isActive;
    at("give-colors").setAttribute("aria-pressed", isActive);
    at("compare").classList.toggle("hinting", isActive);
    if (isActive) {
      this.#moveTo(0.5, 0.5);
      at("surface").focus({ preventScroll: true });
    }
  }

  #movePointer({ clientX, clientY }) {
    const { left, top, width, height } = at("surface").getBoundingClientRect();
    this.#moveTo((clientX - left) / width, (clientY - top) / height);
  }

  #moveByKey(event) {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const step = event.shiftKey ? FINE_STEP : STEP;
    this.#moveTo(...this.#place.map((share, n) => share + step * arrow[n]));
  }

  #moveTo(...place) {
    this.#place = place.map((share) => Math.min(Math.max(share, 0), 1));
    putAt(at("cross"), ...this.#place);
  }

  #give(color) {
    at("colors").close();
    const { width, height } = this.#photo;
    const [x, y] = [width, height].map((side, n) =>
      Math.min(Math.floor(side * this.#place[n]), side - 1),
    );
    this.#change((hints) => [...hints, { x, y, color }]);
  }

  #change(change) {
    this.#photo.hints = change(this.#photo.hints);
    this.show(this.#photo);
    this.#onChange();
  }

  #swatch(name, color) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.style.setProperty("--color", color);
    button.onclick = () => this.#give(color);
    return button;
  }

  #point({ x, y, color }) {
    const point = document.createElement("i");
    point.style.setProperty("--color", color);
    putAt(point, (x + 0.5) / this.#photo.width, (y + 0.5) / this.#photo.height);
    return point;
  }
}

function putAt(element, x, y) {
  element.style.left = `${100 * x}%`;
  element.style.top = `${100 * y}%`;
}
