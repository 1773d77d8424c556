package io.ztunnel.sandbox.waypoint;

/** An event for the streams of clients: the waypoint stops, and nothing new is begun. */
enum Drain {
    INSTANCE
}
