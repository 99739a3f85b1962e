declare module "govuk-frontend" {
  type Component = new (...parts: never[]) => unknown;
  export function createAll(component: Component): void;
  export const Accordion: Component, Button: Component, CharacterCount: Component, Checkboxes: Component, ErrorSummary: Component,
    ExitThisPage: Component, FileUpload: Component, NotificationBanner: Component, PasswordInput: Component,
    ServiceNavigation: Component, SkipLink: Component, Tabs: Component;
}
declare module "@ministryofjustice/frontend" {
  type Component = new (...parts: never[]) => unknown;
  export const AddAnother: Component, Alert: Component, ButtonMenu: Component, DatePicker: Component, SortableTable: Component;
}
