package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;

/** How an exchange acts on its client, whichever HTTP it speaks. */
interface ClientSide {
    /** Takes the response's HTTP objects. */
    Channel channel();

    /** Asks for one more message of the request. */
    void read();

    /** Passes on a response before the response, such as 100. */
    void interim(HttpResponseStatus status, HttpHeaders headers);

    /**
     * Gives a response the headers that only concern this connection.
     *
     * @param keepAlive whether both sides agree to go on
     * @return whether there may be another request after it
     */
    boolean frame(HttpResponse response, boolean keepAlive);

    /**
     * The exchange is over, and the response complete.
     *
     * @param keepAlive whether there may be another
     */
    void done(boolean keepAlive);

    /** The exchange is over, and the client must not take its response for complete. */
    void abort();

    /** Whether it speaks HTTP/2, where connections do not become something else. */
    boolean http2();
}
