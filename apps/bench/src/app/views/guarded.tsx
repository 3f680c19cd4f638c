import { Component, type ComponentChildren } from "preact";
import { messageOf } from "../../message-of.js";

interface Props {
  /** What cannot be shown, as the beginning of a sentence. */
  readonly what: string;
  readonly children: ComponentChildren;
}

interface State {
  readonly problem: string | undefined;
}

/** Shows why its content cannot be shown, where that fails: the rest of the page goes on. */
export class Guarded extends Component<Props, State> {
  override state: State = { problem: undefined };

  static override getDerivedStateFromError(error: unknown): State {
    return { problem: messageOf(error) };
  }

  override render() {
    const { problem } = this.state;
    if (problem === undefined) return this.props.children;
    return (
      <p role="alert" class="bad">
        {this.props.what} cannot be shown: {problem}. Run the bench again to make a whole one.
      </p>
    );
  }
}
