package io.ztunnel.hbone;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;

/**
 * The bytes of a tunnel's streams and the credit for them, both ways. What is no DATA and no credit
 * goes to {@link ControlFrames}.
 */
final class DataFrames implements FrameSplitter.Sink {
    private static final int MAX_EMPTY_DATA = 100;

    /** Payload of a frame that costs us more than its bytes do. */
    private static final int SMALL_DATA = 256;

    private final Tunnel tunnel;
    private final ControlFrames control;
    private final FlowWindows.Send sendWindow;
    private final FlowWindows.Shared receiveWindow;
    private final ArrayList<TunnelStream> readInBurst = new ArrayList<>();

    /** Whose DATA frame is being read; null when nobody wants it. */
    private @Nullable TunnelStream receiver;

    /** Bytes of payload in the frame that is being read. */
    private int payload;

    /** Whether its stream had DATA in this very burst already, or is gone. */
    private boolean packed;

    private int emptyData;

    /**
     * @param settings of the connection's window
     */
    DataFrames(
            Tunnel tunnel,
            ControlFrames control,
            FlowWindows.Send sendWindow,
            HboneSettings settings) {
        this.tunnel = tunnel;
        this.control = control;
        this.sendWindow = sendWindow;
        this.receiveWindow =
                new FlowWindows.Shared(settings.connectionWindow(), settings.heldBytes());
    }

    /** Everything read in this burst was handed over. */
    void readComplete() {
        for (int i = 0; i < readInBurst.size(); i++) {
            TunnelStream stream = readInBurst.get(i);
            stream.readInBurst = false;
            stream.readComplete();
        }
        readInBurst.clear();
    }

    /** A stream holds so many bytes less than it did. */
    void letGo(int bytes) {
        announceCredit(receiveWindow.letGo(bytes));
    }

    private void announceCredit(int increment) {
        if (increment > 0 && !tunnel.isClosed()) {
            tunnel.writer().windowUpdate(0, increment);
            tunnel.requestFlush();
        }
    }

    @Override
    public boolean isDone() {
        return tunnel.isClosed();
    }

    @Override
    public void onDataFrame(int streamId, int length) throws Http2Exception {
        control.requireSettings();
        if (!receiveWindow.take(length)) {
            throw connectionError(
                    Http2Error.FLOW_CONTROL_ERROR,
                    "%d bytes of DATA, the connection's window is %d",
                    length,
                    receiveWindow.open());
        }
        payload = length;
        TunnelStream stream = tunnel.find(streamId, "DATA");
        if (stream != null) {
            Http2Error error = stream.receiveFrame(length);
            if (error != null) {
                control.countAnswer();
                stream.refuseFrame(error, "DATA that the stream cannot take: " + error);
                stream = null;
            }
        }
        receiver = stream;
        packed = stream == null || stream.readInBurst;
        announceCredit(
                stream == null ? receiveWindow.giveBack(length) : receiveWindow.hold(length));
    }

    @Override
    public void onPadding(int bytes) {
        // Padding is no payload: a frame of one byte can be all padding.
        payload -= bytes;
        if (receiver != null) {
            receiver.returnCredit(bytes);
        }
    }

    @Override
    public void onData(ByteBuf part) {
        TunnelStream stream = receiver;
        if (stream == null) {
            part.release();
            return;
        }
        if (!stream.readInBurst) {
            stream.readInBurst = true;
            readInBurst.add(stream);
        }
        stream.receiveData(part);
    }

    @Override
    public void onDataFrameEnd(boolean endStream) throws Http2Exception {
        if (payload < SMALL_DATA && !endStream) {
            countSmall();
        } else {
            emptyData = 0;
        }
        TunnelStream stream = receiver;
        receiver = null;
        if (stream != null && endStream) {
            stream.receiveEnd();
        }
    }

    private void countSmall() throws Http2Exception {
        emptyData = payload > 0 ? 0 : emptyData + 1;
        if (emptyData > MAX_EMPTY_DATA) {
            throw connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many empty DATA frames");
        }
        if (packed) {
            control.countPackedData();
        }
    }

    @Override
    public void onWindowUpdate(int streamId, int increment) throws Http2Exception {
        control.requireSettings();
        if (streamId == 0) {
            onConnectionCredit(increment);
            return;
        }
        TunnelStream stream = tunnel.find(streamId, "WINDOW_UPDATE");
        if (stream == null) {
            return;
        }
        if (increment == 0) {
            control.countAnswer();
            stream.refuseFrame(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE by 0");
        } else if (!stream.sendWindow.grow(increment)) {
            control.countAnswer();
            stream.refuseFrame(Http2Error.FLOW_CONTROL_ERROR, "the stream's window overflows");
        } else {
            stream.moreCredit();
        }
    }

    private void onConnectionCredit(int increment) throws Http2Exception {
        if (increment == 0) {
            throw connectionError(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE by 0");
        }
        if (!sendWindow.grow(increment)) {
            throw connectionError(
                    Http2Error.FLOW_CONTROL_ERROR, "the connection's window overflows");
        }
        tunnel.requestFlush();
        tunnel.unblock();
    }

    @Override
    public void onFrame(ByteBuf frame) throws Http2Exception {
        control.read(frame);
    }
}
