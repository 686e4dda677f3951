// What ODK's form engine expects of a browser, for Node.
import { JSDOM } from 'jsdom';

const { window } = new JSDOM('<!doctype html>', { url: 'https://form.invalid/' });
const wanted = [
  'Blob', 'Comment', 'DOMParser', 'Document', 'Element', 'Event', 'EventTarget', 'File', 'FileReader', 'FormData',
  'Node', 'NodeFilter', 'Text', 'XMLDocument', 'XMLSerializer', 'XPathEvaluator', 'XPathExpression', 'XPathResult',
  'Attr', 'CDATASection', 'CharacterData', 'DocumentFragment', 'HTMLElement', 'NamedNodeMap', 'ProcessingInstruction',
  'document',
];
for (const name of wanted) globalThis[name] = window[name];
globalThis.window = globalThis;
globalThis.__dirname = process.cwd();
