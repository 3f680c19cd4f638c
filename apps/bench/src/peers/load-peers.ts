import { messageOf } from "../message-of.js";
import type { PeerLibrary } from "../report.js";
import type { Peer, PeerLoadOptions, PeerSession } from "./peer.js";

export interface LoadedPeer {
  readonly peer: Peer;
  readonly session: PeerSession;
}

export interface LoadedPeers {
  readonly loaded: readonly LoadedPeer[];
  /** All that were wanted: which of them run, or why not. */
  readonly libraries: readonly PeerLibrary[];
}

/** Loads one library after the other; one that does not load is told with its reason. */
export async function loadPeers(
  peers: readonly Peer[],
  options: PeerLoadOptions = {},
): Promise<LoadedPeers> {
  const loaded: LoadedPeer[] = [];
  const libraries: PeerLibrary[] = [];
  for (const peer of peers) {
    const { name } = peer;
    try {
      const session = await peer.load(options);
      loaded.push({ peer, session });
      libraries.push({ name, ran: true, version: session.version, threads: session.threads });
    } catch (error) {
      libraries.push({ name, ran: false, reason: messageOf(error) });
    }
  }
  return { loaded, libraries };
}

/** Where one reason keeps all of them from being loaded. */
export function absentPeers(peers: readonly Peer[], reason: string): LoadedPeers {
  return { loaded: [], libraries: peers.map(({ name }) => ({ name, ran: false, reason })) };
}
