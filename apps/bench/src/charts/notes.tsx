/** Sentences that a reader should know, behind a line where there are many. */
export function Notes({ notes }: { readonly notes: readonly string[] }) {
  const list = (
    <ul class="notes">
      {notes.map((note) => (
        <li>{note}</li>
      ))}
    </ul>
  );
  if (notes.length <= few) return list;
  return (
    <details>
      <summary>{notes.length} notes</summary>
      {list}
    </details>
  );
}

const few = 5;
