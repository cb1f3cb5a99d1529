// A policy for `mctpkit serve`: which node may send which message types. Nodes are known by their description.

/** Descriptions, and the types which such nodes may send to links; a node which is not here may send everything but PLDM. */
const ALLOWED = { updater: [0, 1, 5], poller: [0, 1] };
const PLDM = 1;
const THE_LINKS = 0;

const descriptions = new Map();

export default {
  newNode: (_node, free, wanted) => wanted ?? free,
  nodeAdded: ({ node, description }) => descriptions.set(node, description),
  nodeRemoving: ({ node }) => descriptions.delete(node),
  handleMessage: ({ type }, from, to) => {
    if (from === THE_LINKS || !to.includes(THE_LINKS)) return to;
    const types = ALLOWED[descriptions.get(from)];
    return (types === undefined ? type !== PLDM : types.includes(type)) ? to : to.filter((node) => node !== THE_LINKS);
  },
};
