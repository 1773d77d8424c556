package io.ztunnel.sandbox.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsOpCode;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Answers A and AAAA questions over UDP from a {@link NameTable}. A known name without an address
 * of the family gives an empty answer, an unknown one NXDOMAIN, another type of a known name an
 * empty answer. An alias is answered with the name it stands for, and that name's addresses.
 */
public final class DnsServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DnsServer.class);
    private static final int TTL_SECONDS = 5;
    private static final int TIMEOUT_SECONDS = 5;

    private final Channel channel;
    private volatile NameTable table = NameTable.EMPTY;

    private DnsServer(Channel channel) {
        this.channel = channel;
    }

    /**
     * @param channel unregistered, made in the network namespace that shall be served
     * @throws IOException when the address cannot be bound; the channel is closed then
     */
    public static DnsServer start(
            EventLoop loop, DatagramChannel channel, InetSocketAddress address) throws IOException {
        DnsServer server = new DnsServer(channel);
        channel.pipeline()
                .addLast(new DatagramDnsQueryDecoder())
                .addLast(new DatagramDnsResponseEncoder())
                .addLast(server.new Answerer());
        var registered = loop.register(channel);
        registered.awaitUninterruptibly(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        var bound = channel.bind(address);
        if (!bound.awaitUninterruptibly(TIMEOUT_SECONDS, TimeUnit.SECONDS) || !bound.isSuccess()) {
            channel.close();
            throw new IOException("cannot serve DNS on " + address, bound.cause());
        }
        return server;
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    public void replace(NameTable names) {
        table = names;
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private final class Answerer extends SimpleChannelInboundHandler<DatagramDnsQuery> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramDnsQuery query) {
            context.writeAndFlush(answer(query));
        }

        private DatagramDnsResponse answer(DatagramDnsQuery query) {
            DatagramDnsResponse response =
                    new DatagramDnsResponse(
                            /* sender= */ query.recipient(),
                            /* recipient= */ query.sender(),
                            query.id());
            response.setRecursionDesired(query.isRecursionDesired());
            response.setRecursionAvailable(true);
            if (!query.opCode().equals(DnsOpCode.QUERY)) {
                return response.setCode(DnsResponseCode.NOTIMP);
            }
            if (query.count(DnsSection.QUESTION) != 1) {
                return response.setCode(DnsResponseCode.FORMERR);
            }
            DnsQuestion question = query.recordAt(DnsSection.QUESTION);
            response.addRecord(DnsSection.QUESTION, question);
            response.setAuthoritativeAnswer(true);
            NameTable names = table;
            Optional<String> canonical = names.canonical(question.name());
            String name = canonical.map(target -> target + ".").orElse(question.name());
            canonical.ifPresent(
                    target -> response.addRecord(DnsSection.ANSWER, alias(question, target)));
            if (!names.contains(name)) {
                return response.setCode(DnsResponseCode.NXDOMAIN);
            }
            boolean ipv6 = question.type().equals(DnsRecordType.AAAA);
            if (ipv6 || question.type().equals(DnsRecordType.A)) {
                for (InetAddress address : names.addresses(name, ipv6)) {
                    response.addRecord(
                            DnsSection.ANSWER,
                            new DefaultDnsRawRecord(
                                    name,
                                    question.type(),
                                    TTL_SECONDS,
                                    Unpooled.wrappedBuffer(address.getAddress())));
                }
            }
            return response;
        }

        private static DnsRecord alias(DnsQuestion question, String name) {
            ByteBuf target = Unpooled.buffer();
            for (String label : name.split("\\.", -1)) {
                target.writeByte(label.length());
                target.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
            }
            target.writeByte(0);
            return new DefaultDnsRawRecord(
                    question.name(), DnsRecordType.CNAME, TTL_SECONDS, target);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A malformed packet; there is nobody to answer that a reply could be trusted to reach.
            log.debug("a DNS packet was dropped: {}", cause.toString());
        }
    }
}
