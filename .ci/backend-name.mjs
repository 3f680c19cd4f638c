/** Words that the code of a new package cannot have as the name of its function. */
const taken = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends
  false finally for function if implements import in instanceof interface let new null package private
  protected public return static super switch this throw true try typeof var void while with yield
  arguments eval undefined
  afterAll backend beforeAll createBackend describe describeConformance it openBackend`.split(
    /\s+/,
  ),
);

const longest = 40;

/** `my-chip` as `myChip`, the function that makes the provider. */
export function toIdentifier(name) {
  return name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

/** What would do in place of a name that does not, if that is plain. */
function nearest(name) {
  const kebab = name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-?(?:blk-)?(?:backend-)?[^a-z]*|-$/g, "");
  return refusalOf([kebab]) === undefined ? `; how about ${kebab}?` : "";
}

/**
 * Why a backend cannot have the name that these arguments are, and what to do; undefined if it can.
 *
 * @param {readonly string[]} names
 * @returns {string | undefined}
 */
export function refusalOf(names) {
  const [name] = names;
  if (!name) return "which name? Write for example: npm run create-backend my-chip";
  if (names.length > 1) {
    if (/[./\\]/.test(names[1])) {
      return `a folder is named by --dir: npm run create-backend ${name} -- --dir ${names[1]}`;
    }
    return `one name is needed, got ${names.join(" ")}; write for example ${names.join("-").toLowerCase()}`;
  }
  const short = /^backend-(.+)/.exec(name)?.[1];
  if (short) return `the package is called ${name} anyway; write just ${short}`;
  if (name.length > longest)
    return `"${name}" has more than ${longest} letters; choose a shorter name`;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return `"${name}" is no name of a package: a to z, digits and single hyphens, a letter first${nearest(name)}`;
  }
  if (taken.has(toIdentifier(name))) {
    return `${toIdentifier(name)} means something else in the code of the package; choose another name`;
  }
  return undefined;
}
