// Where toasts stand: above what must stay free, such as the field to write in and the gifts.

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const GAP_PX = 8;
const FOOT_PX = 16;
/** What begins higher than this share of the window is no bar at its foot. */
const FOOT_SHARE = 0.3;

/** Px from the foot of the window to the toast: above every box that lies at the foot, in the toast's columns. */
export function footOf(boxes: readonly Box[], window: { readonly width: number; readonly height: number }, toast: { readonly left: number; readonly right: number; readonly height: number }): number {
  const inTheWay = boxes.filter(
    (box) => box.right > box.left && box.bottom > box.top && box.top < window.height && box.bottom > window.height - toast.height - FOOT_PX - GAP_PX
      && box.top > window.height * FOOT_SHARE && box.left < toast.right && box.right > toast.left,
  );
  return Math.max(FOOT_PX, ...inTheWay.map((box) => window.height - box.top + GAP_PX));
}
