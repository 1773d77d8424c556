package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** Brings a question to one name server. */
@FunctionalInterface
interface Transport {
    /**
     * @param done called once, on the loop and after this method has returned, with null when there
     *     is no answer in time; never when it was cancelled before
     * @return cancels it
     */
    Runnable ask(InetSocketAddress server, Asked asked, Consumer<@Nullable Message> done);
}
