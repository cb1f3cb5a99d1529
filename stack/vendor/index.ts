/** Vendor-defined messages (types 0x7E and 0x7F), declared by whoever knows them. */

export { type AnswerFields, answerOf } from './vendor-answers.js';
export {
  FIELD_TYPES,
  type FieldDeclaration,
  type FieldType,
  type HeaderPart,
  type VendorCommandDeclaration,
  type VendorDeclaration,
} from './vendor-declaration.js';
export { FieldProblem } from './vendor-fields.js';
export { isVendorType, readVendorId, type VendorType, vendorIdSize, vendorName } from './vendor-names.js';
export { declareVendor, isOfVendor, VENDOR_CODES, type VendorProtocol, vendorText } from './vendor-protocol.js';
