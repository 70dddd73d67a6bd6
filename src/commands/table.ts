/** Columns as kubectl draws them: a heading in capitals, cells padded, two blanks between. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = heading.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [heading, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
};
