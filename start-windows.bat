@echo off
rem Kedang: installs on the first start, then serves. Needs Python 3.11 or newer from python.org.
rem This file is ASCII until the code page is UTF-8; the Chinese sentences come after that line.
setlocal
cd /d "%~dp0"
chcp 65001 >nul
set "PYTHONUTF8=1"
set "VENV=.venv"
set "BIN=%VENV%\Scripts"
set "PIP=%BIN%\python -m pip --disable-pip-version-check"

py -3 -c "import sys; sys.exit(sys.version_info < (3, 11))" || goto :nopython
if not exist "%BIN%\python.exe" py -3 -m venv "%VENV%" || goto :noenvironment

fc /b requirements.txt "%VENV%\installed.txt" >nul 2>&1 && goto :run
echo Installing, once. This takes a few minutes. / 正在安装，只需一次，要几分钟。
%PIP% install --quiet --require-hashes -r requirements.txt || goto :noinstall
%PIP% install --quiet --no-deps --no-build-isolation -e . || goto :noinstall
copy /y requirements.txt "%VENV%\installed.txt" >nul

:run
echo Close this window to stop. / 关上这个窗口就停止服务。
"%BIN%\crm" run --no-demo %*
if errorlevel 1 goto :stopped
exit /b 0

:nopython
echo.
echo Python 3.11 or newer is needed: get it from python.org and tick "py launcher".
echo 需要 Python 3.11 或更新的版本：到 python.org 下载安装，勾选 py launcher，再双击本文件。
goto :wait

:noenvironment
echo.
echo The folder .venv could not be made. Is this folder read-only, or the disk full?
echo 建不成 .venv 文件夹。请看这个文件夹是不是只读、磁盘是不是满了。
goto :wait

:noinstall
echo.
echo Installing failed. Is there a connection to the internet? Start this file again to go on.
echo 安装没有成功。请看能不能上网，再双击本文件继续。
goto :wait

:stopped
echo.
echo The program ended; the line above says why. Often another program uses port 8000:
echo     start-windows.bat --port 8001
echo 程序停了，原因见上面一行。常见的是 8000 端口被占用，可以换一个端口再启动。

:wait
pause
exit /b 1
