package io.ztunnel.hbone;

/** The two ways bytes go through a relay. */
enum Way {
    /** Client to server. */
    SEND("send", "destination"),
    /** Server to client. */
    RECEIVE("receive", "client");

    private final String verb;
    private final String receiver;

    Way(String verb, String receiver) {
        this.verb = verb;
        this.receiver = receiver;
    }

    /** The word that error texts begin with. */
    String verb() {
        return verb;
    }

    /** Who gets the bytes, as error texts call it. */
    String receiver() {
        return receiver;
    }
}
