"""A TCP proxy that can be opened and shut, for what it is like when a server cannot be reached."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

from devstack.ports import LOOPBACK
from kit.tls import OwnCertificate

MakeSocket = Callable[[socket.SocketKind], socket.socket]


def plain_socket(kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A socket of IPv4."""
    return socket.socket(socket.AF_INET, kind)


class TcpProxy:
    """Forwards connections to `port` on loopback while it is open.

    `listening` and `connecting` make the sockets of its two sides. With a certificate, what comes
    in is TLS, and goes on in the clear.
    """

    def __init__(
        self,
        own_port: int,
        port: int,
        *,
        listening: MakeSocket = plain_socket,
        connecting: MakeSocket = plain_socket,
        certificate: OwnCertificate | None = None,
    ):
        self.port = own_port
        self._tls = _server_context(certificate) if certificate else None
        self._target = port
        self._listening, self._connecting = listening, connecting
        self._server: asyncio.Server | None = None
        self._streams: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        listener = self._listening(socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, self.port))
        self._server = await asyncio.start_server(self._serve, sock=listener, ssl=self._tls)

    async def shut(self) -> None:
        """Refuses new connections and cuts the old ones."""
        if self._server:
            self._server.close()
            self._server = None
        for stream in list(self._streams):
            stream.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        self._streams |= {writer, far_writer}
        await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
        self._streams -= {writer, far_writer}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection = self._connecting(socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            address = (LOOPBACK, self._target)
            await asyncio.get_running_loop().sock_connect(connection, address)
            return await asyncio.open_connection(sock=connection)
        except OSError:
            connection.close()
            raise

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


def _server_context(own: OwnCertificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    return context
