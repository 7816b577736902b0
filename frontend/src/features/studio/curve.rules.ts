// A line through minutes: figures in, an SVG path out.

export interface Axis {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly bottom: number;
}

/** The top of the scale: 1, 2 or 5 times a power of ten, at least 4 so that steps are whole. */
export function ceiling(most: number): number {
  let top = 4;
  for (let power = 1; top < most; power *= 10) {
    for (const step of [4, 10, 20]) if (step * power >= most && top < most) top = step * power;
  }
  return top;
}

export function path(values: readonly number[], top: number, axis: Axis): string {
  const wide = axis.width - axis.left;
  const high = axis.height - axis.bottom;
  const step = values.length > 1 ? wide / (values.length - 1) : 0;
  return values
    .map((value, index) => `${index ? "L" : "M"}${(axis.left + index * step).toFixed(1)} ${(high - (value / top) * (high - 8)).toFixed(1)}`)
    .join(" ");
}
