// Shapes as people read them.

/** A shape as text: "1×3×224×224", "scalar", "?×128" with ? for unknown sizes. */
export function formatShape(shape: readonly number[] | null): string {
  if (shape === null) return 'any shape';
  if (shape.length === 0) return 'scalar';
  return shape.map((size) => (size < 0 ? '?' : String(size))).join('×');
}
