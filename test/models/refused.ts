// Operator cases that cannot be served yet, with the MindIR primitive the refusal names.

export const refused: ReadonlyMap<string, string> = new Map([]);
