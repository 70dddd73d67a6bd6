/** A copy as plain data, to be looked into as a shape that the test itself proves. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the shape is named where it is looked into
export const plain = <Shape>(value: unknown): Shape => JSON.parse(JSON.stringify(value));
