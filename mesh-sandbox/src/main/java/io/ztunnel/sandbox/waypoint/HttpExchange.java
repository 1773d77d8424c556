package io.ztunnel.sandbox.waypoint;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * One request and its answer. Each body is passed on piece by piece: a piece is asked for when the
 * other side can take it. Ends with exactly one line in the log.
 */
final class HttpExchange {
    private static final String NO_UPSTREAM = "upstream connect error";
    private static final String NO_ANSWER = "upstream connect error: it closed before it answered";

    private final Dialled dialled;
    private final HttpRequest request;
    private final HttpProxy.Client client;
    private final long start = System.nanoTime();

    private @Nullable Channel upstream;
    private String upstreamAddress = "-";
    private boolean over;
    private boolean requestDone;

    /** The upstream could not take the next piece of the request yet. */
    private boolean requestHeld;

    /** What comes of the request is thrown away: the answer does not depend on it. */
    private boolean answered;

    /** The current response is one of the 1xx, after which the real one follows. */
    private boolean interim;

    private int status;
    private long bytes;
    private boolean keepAlive;
    private String remark = "";

    HttpExchange(Dialled dialled, HttpRequest request, HttpProxy.Client client) {
        this.dialled = dialled;
        this.request = request;
        this.client = client;
        this.keepAlive = HttpUtil.isKeepAlive(request);
    }

    void dial() {
        dialled.dialler()
                .dial(dialled.endpoints())
                .addListener(
                        (Future<Dialler.Upstream> done) -> {
                            if (done.isSuccess()) {
                                dialled(done.getNow());
                            } else if (!over) {
                                DialException failure = (DialException) done.cause();
                                upstreamAddress = failure.upstream();
                                answer(
                                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                                        NO_UPSTREAM + ": " + failure.getMessage());
                            }
                        });
    }

    private void dialled(Dialler.Upstream reached) {
        if (over) {
            Endings.abort(reached.channel());
            return;
        }
        upstreamAddress = Authorities.text(reached.endpoint().address());
        upstream = reached.channel();
        HttpUpstream.install(reached.channel(), this);
        reached.channel().writeAndFlush(request);
        reached.channel().read();
        client.read();
    }

    boolean wantsRequest() {
        return !requestDone;
    }

    void requestContent(HttpContent content) {
        requestDone = content instanceof LastHttpContent;
        Channel to = upstream;
        if (answered || to == null) {
            content.release();
            if (requestDone) {
                end("");
            } else {
                client.read();
            }
            return;
        }
        to.writeAndFlush(content);
        if (!requestDone) {
            requestHeld = !to.isWritable();
            if (!requestHeld) {
                client.read();
            }
        }
    }

    void upstreamWritabilityChanged(Channel from) {
        if (requestHeld && from.isWritable()) {
            requestHeld = false;
            client.read();
        }
    }

    void response(HttpResponse response) {
        interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (!interim) {
            status = response.status().code();
            keepAlive &= HttpUtil.isKeepAlive(response) && hasOwnEnd(response);
        }
        client.channel().write(response);
    }

    /** Otherwise the body ends with the connection. */
    private boolean hasOwnEnd(HttpResponse response) {
        return HttpUtil.isContentLengthSet(response)
                || HttpUtil.isTransferEncodingChunked(response)
                || request.method().equals(HttpMethod.HEAD)
                || response.status().equals(HttpResponseStatus.NO_CONTENT)
                || response.status().equals(HttpResponseStatus.NOT_MODIFIED);
    }

    void responseContent(HttpContent content) {
        bytes += content.content().readableBytes();
        boolean last = content instanceof LastHttpContent;
        client.channel().write(content);
        if (last && interim) {
            interim = false;
        } else if (last) {
            // An upstream that did not wait for all of the request shall get no more of it.
            keepAlive &= requestDone;
            end("");
        }
    }

    void responseFlushed(Channel from) {
        client.channel().flush();
        if (client.channel().isWritable()) {
            from.read();
        }
    }

    void clientWritabilityChanged() {
        if (upstream != null && client.channel().isWritable()) {
            upstream.read();
        }
    }

    /** The upstream ended, or broke, before its response was complete. */
    void upstreamLost(String why) {
        if (over) {
            return;
        }
        if (status == 0) {
            dropUpstream();
            answer(HttpResponseStatus.SERVICE_UNAVAILABLE, NO_ANSWER);
        } else {
            keepAlive = false;
            over(why);
            Endings.abort(client.channel());
        }
    }

    void malformed() {
        keepAlive = false;
        requestDone = true;
        if (status == 0) {
            dropUpstream();
            answer(HttpResponseStatus.BAD_REQUEST, "malformed request");
        } else {
            over("malformed request");
            Endings.abort(client.channel());
        }
    }

    void clientLost(String why) {
        over(why);
    }

    /** Answers in the upstream's place. */
    void answer(HttpResponseStatus with, String text) {
        ByteBuf body = ByteBufUtil.writeUtf8(client.channel().alloc(), text);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, with, body);
        status = with.code();
        keepAlive &= requestDone || hasNoBody();
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
        HttpUtil.setContentLength(response, body.readableBytes());
        HttpUtil.setKeepAlive(response, keepAlive);
        bytes = request.method().equals(HttpMethod.HEAD) ? 0 : body.readableBytes();
        answered = true;
        remark = text;
        client.channel().writeAndFlush(response);
        if (requestDone || !keepAlive) {
            end("");
        } else {
            client.read();
        }
    }

    private boolean hasNoBody() {
        return !HttpUtil.isTransferEncodingChunked(request)
                && HttpUtil.getContentLength(request, 0L) == 0;
    }

    private void end(String why) {
        if (over) {
            return;
        }
        boolean again = keepAlive;
        client.channel().flush();
        over(why);
        client.done(again);
    }

    private void over(String why) {
        if (over) {
            return;
        }
        over = true;
        dialled.log()
                .request(
                        dialled.path(upstreamAddress),
                        request.method().name(),
                        request.uri(),
                        status,
                        bytes,
                        Duration.ofNanos(System.nanoTime() - start),
                        why.isEmpty() ? remark : why);
        Channel from = upstream;
        upstream = null;
        if (from != null) {
            HttpUpstream.retire(from, requestDone && why.isEmpty());
        }
    }

    private void dropUpstream() {
        Channel from = upstream;
        upstream = null;
        if (from != null) {
            HttpUpstream.retire(from, false);
        }
    }
}
