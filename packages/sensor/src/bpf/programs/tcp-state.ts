/** States of a connection, as in include/net/tcp_states.h. */
export const tcpState = { synSent: 2, close: 7 } as const;
