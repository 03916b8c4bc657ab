// The map of the Device Locator: layers by name, drawing by hand, and what the user did there.
// All texts become text nodes. `emit` reaches the page: drawn, stopped, chosen, moved.
(id, outlines, fillOpacity) => {
  const component = getElement(id), map = component.map, layers = {};
  const emit = (name, told) => component.$emit(name, told);
  const text = (words) => {
    const made = document.createElement("span");
    made.textContent = words;
    return made;
  };
  const named = (name) => (layers[name] ??= L.featureGroup().addTo(map));
  const style = {
    device: (one) => ({radius: 8, color: "#ffffff", weight: 2, fillColor: one.tone, fillOpacity: 1}),
    fence: (one) => ({color: one.tone, weight: 2, fillOpacity: 0.12}),
  };
  const shapes = {
    device: (one) => L.circleMarker(one.at, style.device(one)),
    circle: (one) => L.circle(one.at, {radius: one.radius, ...style.fence(one)}),
    polygon: (one) => L.polygon(one.rings, style.fence(one)),
    line: (one) => L.polyline(one.points, {color: one.tone, weight: 3, opacity: 0.8}),
  };
  let drawing = null;
  const area = {
    show(name, items) {
      const group = named(name).clearLayers();
      for (const one of items) {
        const layer = shapes[one.shape](one).addTo(group);
        if (one.label) layer.bindTooltip(text(one.label), {sticky: true});
        if (one.id) layer.on("click", (event) => {
          if (drawing) return;
          L.DomEvent.stopPropagation(event);
          emit("chosen", {layer: name, id: one.id});
        });
      }
    },
    fit(names) {
      const bounds = L.latLngBounds([]);
      for (const name of names) if (layers[name]) bounds.extend(named(name).getBounds());
      if (bounds.isValid()) map.fitBounds(bounds.pad(0.15), {maxZoom: 13, animate: false});
    },
    draw(kind) {
      area.stop();
      const shapeOptions = {color: "#b3470a", weight: 3, fillOpacity: 0.12};
      drawing = kind === "circle"
        ? new L.Draw.Circle(map, {shapeOptions})
        : new L.Draw.Polygon(map, {shapeOptions, allowIntersection: false});
      drawing.enable();
    },
    stop() {
      if (drawing) drawing.disable();
      drawing = null;
    },
  };
  const place = (at, turns) => [at.lng - 360 * turns, at.lat];
  map.on("draw:created", ({layer, layerType}) => {
    drawing = null;
    const centre = layer.getLatLng ? layer.getLatLng() : layer.getBounds().getCenter();
    // The world is there again and again to the left and the right.
    const turns = Math.round(centre.lng / 360);
    if (layerType === "circle") {
      emit("drawn", {type: "circle", center: place(layer.getLatLng(), turns), radius: layer.getRadius()});
    } else {
      const ring = layer.getLatLngs()[0].map((at) => place(at, turns));
      emit("drawn", {type: "polygon", coordinates: [[...ring, ring[0]]]});
    }
  });
  map.on("draw:drawstop", () => emit("stopped", {}));
  map.on("moveend", () => {
    const bounds = map.getBounds();
    emit("moved", {
      west: bounds.getWest(), east: bounds.getEast(), south: bounds.getSouth(), north: bounds.getNorth(),
    });
  });
  component.$el.area = area;
  L.control.scale({imperial: false}).addTo(map);
  map.attributionControl.setPrefix(false);
  fetch(outlines).then((answer) => answer.json()).then((countries) =>
    L.geoJSON(countries, {interactive: false, style: {
      className: "outline", color: "var(--soft)", weight: 1, fillColor: "var(--land)", fillOpacity,
    }}).addTo(map).bringToBack());
}
