/** Why a file has lines that no test runs where coverage can see it. */
export const reasons: Readonly<Record<string, string>> = {};
