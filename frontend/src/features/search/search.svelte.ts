// Where the search stands: the field in the header on wide windows, a sheet on phones.

export const search = $state({ isSheetOpen: false });

export const FIELD_ID = "q";
const WIDE = "(min-width: 1024px)";

/** What "/" does: the field in the header if it is there, else the sheet. */
export function focusSearch(): void {
  const field = document.getElementById(FIELD_ID);
  if (field && matchMedia(WIDE).matches) field.focus();
  else search.isSheetOpen = true;
}
