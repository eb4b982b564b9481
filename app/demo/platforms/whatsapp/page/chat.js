// What is WhatsApp's own in playing a customer.

import { $, act, ask, chosenCustomer, complain, play } from "./shared/playing.js";
import { elementOf } from "./messages.js";
import { word } from "./words.js";

const PLACE = { latitude: 45.8903, longitude: 11.0401, name: "Rovereto" };
const CARD = [{ name: { formatted_name: "Giulia Bianchi", first_name: "Giulia" },
  phones: [{ phone: "+39 394 195 0002", type: "CELL", wa_id: "393941950002" }] }];

let company = {};

const press = (message, choice) => act("presses", { message, choice });

function meet(listing) {
  company = listing.company;
  $("#company").textContent = `${company.name} (${company.number})`;
}

function factsOf(customer) {
  $("#off").checked = customer.presence === "off";
  return customer.phone ? `${word("phone")} +${customer.phone}` : word("noPhone");
}

function setFault(event) {
  const box = event.target;
  const value = box.checked ? Number(box.value) : 0;
  ask("faults", { [box.dataset.fault]: value }, "PATCH").catch((one) => complain(one.message));
}

async function switchTelephone(event) {
  const presence = event.target.checked ? "off" : "reads";
  await act("state", { presence });
  chosenCustomer().presence = presence;
}

$("#location").addEventListener("click", () => act("messages", { type: "location", content: PLACE }));
$("#contact").addEventListener("click", () => act("messages", { type: "contacts", content: CARD }));
$("#stopMarketing").addEventListener("click", () => act("state", { wants_marketing: false }));
$("#off").addEventListener("change", switchTelephone);

await play({
  word,
  meet,
  nameOf: (customer) => customer.name,
  factsOf,
  elementOf: (message) => elementOf(message, company.name, press),
  setFault,
});
