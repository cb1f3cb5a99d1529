/** Names and addresses as people write them, and the table that translates them. */

export { type Address, readAddress, readFamilyEid, sayAddress, writeAddress } from './address-text.js';
export {
  checkName,
  type Destination,
  type NamedAddress,
  type Naming,
  Resolver,
  type ResolverModule,
  type TranslationStep,
} from './resolver.js';
