package io.ztunnel.redirection;

/** What the node agent is told, and what becomes of the connection. */
sealed interface ZdsReply {
    /** Done. */
    record Ack() implements ZdsReply {}

    /** Not done; the connection goes on. */
    record Nack(String error) implements ZdsReply {}

    /** The agent does not keep to the protocol; no connection to it can work. */
    record Fatal(String error) implements ZdsReply {}
}
