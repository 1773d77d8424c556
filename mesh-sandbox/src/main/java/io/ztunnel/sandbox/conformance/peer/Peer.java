package io.ztunnel.sandbox.conformance.peer;

import java.io.IOException;

/** One end of a connection or stream, in the hands of a scenario. */
public interface Peer extends AutoCloseable {
    Inbox inbox();

    /**
     * Returns once the bytes are written, or handed to flow control that lets them pass.
     *
     * @throws IOException when the other side no longer takes them, or not within 20 s
     */
    void send(byte[] bytes) throws IOException;

    /** Says that nothing more comes: FIN, or END_STREAM. */
    void finish() throws IOException;

    /**
     * Resets it.
     *
     * @param code the name of an HTTP/2 error code, of no meaning to TCP
     */
    void reset(String code) throws IOException;

    /** The own address and port. */
    String local();

    /** The other side's address and port. */
    String remote();

    @Override
    void close();
}
