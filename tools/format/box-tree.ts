/** Trees of box lines. */

export interface TreeNode<T> {
  readonly item: T;
  readonly children: readonly TreeNode<T>[];
}

export interface TreeLine<T> {
  /** What goes before the item: `│  ├─ `. */
  readonly prefix: string;
  readonly item: T;
}

/** The items in the order they are printed, each with the lines that lead to it. */
export function treeLines<T>(nodes: readonly TreeNode<T>[], indent = ''): TreeLine<T>[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    return [
      { prefix: `${indent}${last ? '└─ ' : '├─ '}`, item: node.item },
      ...treeLines(node.children, `${indent}${last ? '   ' : '│  '}`),
    ];
  });
}
