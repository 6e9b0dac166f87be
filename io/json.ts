/** Reading JSON that may be hostile: duplicate names are refused, and so is a name that touches prototypes. */

/**
 * The value of a JSON text.
 *
 * @throws TypeError beginning with `where`: no JSON, a name given twice in one object, or the name `__proto__`
 */
export function parseJson(where: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`${where}: no valid JSON: ${(error as Error).message}`, { cause: error });
  }
  checkNames(where, text);
  return value;
}

/** Walks a valid JSON text for the names of its objects; JSON.parse silently keeps the last of equal ones. */
function checkNames(where: string, text: string): void {
  const open: (Set<string> | null)[] = []; // the names of each open object; null for an array
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case "{":
        open.push(new Set());
        break;
      case "[":
        open.push(null);
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case '"': {
        const start = i++;
        while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
        let next = i + 1;
        while (" \t\n\r".includes(text[next])) next++;
        const names = open.at(-1);
        if (!names || text[next] !== ":") break; // a text that is no name
        const name = JSON.parse(text.slice(start, i + 1)) as string;
        if (name.split(".").includes("__proto__")) {
          throw new TypeError(`${where}: the name ${JSON.stringify(name)} is not allowed`);
        }
        if (names.has(name)) throw new TypeError(`${where}: the name ${JSON.stringify(name)} is given twice`);
        names.add(name);
      }
    }
  }
}
