// Publishes numbered pictures and a tone by WHIP, as a page of a browser does.

const CELLS = 32;

function crc8(number) {
  let crc = 0xff;
  for (const byte of [number >> 8, number & 0xff]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x80 ? 0x107 : 0);
  }
  return crc & 0xff;
}

// The stamp of kit/stamp.py.
function drawStamp(context, width, number) {
  const cell = Math.floor(width / CELLS);
  const code = number * 256 + crc8(number);
  const bits = Array.from({ length: 24 }, (_, i) => (code >> (23 - i)) & 1);
  for (const [row, data] of [bits.slice(0, 12), bits.slice(12)].entries()) {
    for (const [column, bit] of [0, ...data, 1].entries()) {
      context.fillStyle = bit ? '#fff' : '#000';
      context.fillRect((column + 1) * cell, (row + 1) * cell, cell, cell);
    }
  }
}

function pictures(width, height, fps) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  document.body.append(canvas);
  const context = canvas.getContext('2d');
  const start = performance.now();
  setInterval(() => {
    const number = Math.floor(((performance.now() - start) / 1000) * fps);
    context.fillStyle = `hsl(${number % 360} 30% 40%)`;
    context.fillRect(0, 0, width, height);
    drawStamp(context, width, number % 65536);
  }, 1000 / fps);
  return canvas.captureStream(fps);
}

function tone() {
  const audio = new AudioContext({ sampleRate: 48000 });
  const sound = audio.createOscillator();
  const out = audio.createMediaStreamDestination();
  sound.connect(out);
  sound.start();
  return out.stream;
}

window.whip = {
  async publish({ url, key, width, height, encodings }) {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    const stream = pictures(width, height, 30);
    const options = { direction: 'sendonly', streams: [stream] };
    pc.addTransceiver(tone().getAudioTracks()[0], options);
    pc.addTransceiver(stream.getVideoTracks()[0], { ...options, sendEncodings: encodings });
    await pc.setLocalDescription();
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${key}` },
      body: pc.localDescription.sdp,
    });
    const body = await answer.text();
    if (answer.status !== 201) return { status: answer.status, body };
    await pc.setRemoteDescription({ type: 'answer', sdp: body });
    Object.assign(window.whip, {
      pc,
      session: new URL(answer.headers.get('Location'), url).href,
      tag: answer.headers.get('ETag'),
    });
    return { status: 201, session: window.whip.session, tag: window.whip.tag };
  },

  // An ICE restart (RFC 9725 section 4.3.3).
  async restart() {
    const { pc, session } = window.whip;
    pc.restartIce();
    await pc.setLocalDescription();
    const line = (name, sdp) => sdp.match(new RegExp(`^a=${name}:(.*?)\\r?$`, 'm'))[1];
    const sdp = pc.localDescription.sdp;
    const fragment =
      `a=ice-ufrag:${line('ice-ufrag', sdp)}\r\na=ice-pwd:${line('ice-pwd', sdp)}\r\n` +
      `m=audio 9 RTP/AVP 0\r\na=mid:0\r\n`;
    const answer = await fetch(session, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' },
      body: fragment,
    });
    const body = await answer.text();
    let remote = pc.remoteDescription.sdp;
    for (const name of ['ice-ufrag', 'ice-pwd']) {
      remote = remote.replaceAll(new RegExp(`a=${name}:.*`, 'g'), `a=${name}:${line(name, body)}`);
    }
    await pc.setRemoteDescription({ type: 'answer', sdp: remote });
    return { status: answer.status, tag: answer.headers.get('ETag') };
  },

  async stop() {
    const answer = await fetch(window.whip.session, { method: 'DELETE' });
    window.whip.pc.close();
    return answer.status;
  },

  // A layer of simulcast pauses or goes on, as when the path grows narrow.
  async setActive([rid, active]) {
    const sender = window.whip.pc.getSenders().find((one) => one.track.kind === 'video');
    const parameters = sender.getParameters();
    parameters.encodings.find((one) => one.rid === rid).active = active;
    await sender.setParameters(parameters);
  },

  state: () => window.whip.pc.connectionState,

  transportState: () => window.whip.pc.getSenders()[0].transport.state,

  // Of the first video stream that is sent.
  async stats() {
    const all = [...(await window.whip.pc.getStats()).values()];
    const sent = all.filter((one) => one.type === 'outbound-rtp' && one.kind === 'video');
    const pair = all.find((one) => one.type === 'candidate-pair' && one.nominated);
    return {
      codec: all.find((one) => one.id === sent[0]?.codecId)?.mimeType,
      sizes: sent.map((one) => [one.rid ?? '', one.frameWidth ?? 0, one.framesSent ?? 0]),
      plis: sent.reduce((sum, one) => sum + (one.pliCount ?? 0), 0),
      bandwidth: pair?.availableOutgoingBitrate ?? 0,
    };
  },
};
