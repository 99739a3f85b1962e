import {
  Accordion, Button, CharacterCount, Checkboxes, ErrorSummary, ExitThisPage, FileUpload, NotificationBanner, PasswordInput,
  ServiceNavigation, SkipLink, Tabs, createAll,
} from "govuk-frontend";
import { AddAnother, Alert, ButtonMenu, DatePicker, SortableTable } from "@ministryofjustice/frontend";
import { startRadios } from "./radios.js";
import { startDrafts } from "./drafts.js";
import { startShortcuts } from "./shortcuts.js";
import { startBulk } from "./bulk.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const component of [
  Accordion, Button, CharacterCount, Checkboxes, ErrorSummary, ExitThisPage, FileUpload, NotificationBanner, PasswordInput,
  ServiceNavigation, SkipLink, Tabs, AddAnother, Alert, ButtonMenu, DatePicker, SortableTable,
]) {
  createAll(component);
}
if (matchMedia("(max-width: 60em)").matches) {
  for (const fold of document.querySelectorAll<HTMLDetailsElement>("[data-cc~=fold]")) fold.open = false;
}
startRadios();
startBulk();
startDrafts();
startShortcuts();
document.documentElement.classList.remove("js-loading");
